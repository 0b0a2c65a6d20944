"""Values only: what every other package of the gateway speaks. Standard library, frozen, slotted."""
