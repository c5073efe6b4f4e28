"""Video encoders: for the edges of a smart cut and for whole clips."""
