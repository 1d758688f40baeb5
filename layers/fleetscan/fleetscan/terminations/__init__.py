"""Why a pod ended: events, where it ran, what was measured there, as one timeline."""
