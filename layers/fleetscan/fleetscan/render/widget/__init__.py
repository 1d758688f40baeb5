"""A report in a CloudWatch dashboard's widget."""
