"""What happened in the hall, told in order to whoever may know: by page and by stream."""
