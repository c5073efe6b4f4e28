"""Register clipferry with the browsers of this machine, diagnose it, and remove it."""
