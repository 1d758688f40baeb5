"""A report in the shapes people and machines read: text, JSON, HTML and a message. Pure functions, no AWS."""
