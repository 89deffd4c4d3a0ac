"""The hall's queue (电子叫号): tickets by window group, calls, what waiting and service took."""
