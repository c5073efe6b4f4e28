"""Per codec: where copying may begin, and how encoded edges join copied packets."""
