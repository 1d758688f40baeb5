"""What a cluster's own API says, read through lightkube: the only room that knows a Kubernetes client.

``questions`` is the table of what is asked. One module for each kind of object turns it into our values; ``reader``
asks, page by page, within a deadline. lightkube is imported when the first cluster is asked and not before.
"""
