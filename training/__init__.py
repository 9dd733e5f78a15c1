"""How the networks in the box were made, so that anybody can make them again."""
