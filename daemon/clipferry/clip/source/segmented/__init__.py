"""Sources that come in segments: HLS, DASH fragment lists, live broadcasts."""
