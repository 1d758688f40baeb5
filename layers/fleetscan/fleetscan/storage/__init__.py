"""Values as bytes and back, within limits."""
