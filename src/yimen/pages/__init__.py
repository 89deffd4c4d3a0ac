"""Two small pages of the hall, a screen and a kiosk: clients of the API that need no build."""
