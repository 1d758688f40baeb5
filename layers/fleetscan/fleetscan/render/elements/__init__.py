"""What the page and the dashboard widget are both made of: HTML elements for nodes, figures and remedies."""
