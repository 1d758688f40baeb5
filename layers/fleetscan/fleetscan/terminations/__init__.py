"""Why a pod was terminated: events, the node it ran on, what was measured there, as one timeline."""
