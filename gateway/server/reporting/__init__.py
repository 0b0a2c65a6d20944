"""What the gateway reports to services that speak OPA's management APIs: decision logs and status."""
