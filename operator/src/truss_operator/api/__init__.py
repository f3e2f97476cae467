"""The TrussModel API: the types of the resource, and the CustomResourceDefinition made from them."""
