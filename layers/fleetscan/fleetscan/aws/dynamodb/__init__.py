"""What one DynamoDB table keeps: nodes, findings, mutes, credits, series, claims."""
