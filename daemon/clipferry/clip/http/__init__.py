"""HTTP to the internet: proxies, address guard, connection pools, ranged GETs, retries and limits."""
