"""信息工作: by whom an article was adopted, and the money that the regulation speaks of (NEWS)."""
