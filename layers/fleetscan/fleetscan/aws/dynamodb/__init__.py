"""What is stored in the DynamoDB table: node history, findings, mutes, CPU credits, metric series, claims."""
