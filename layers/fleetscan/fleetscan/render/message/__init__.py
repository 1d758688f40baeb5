"""A report as messages: mail, Slack, chat notification, envelope."""
