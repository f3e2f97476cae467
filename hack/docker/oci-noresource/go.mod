module oci-noresource

go 1.25.0
