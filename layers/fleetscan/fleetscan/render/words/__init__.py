"""What is said of a report, in no medium: sentences, names, amounts."""
