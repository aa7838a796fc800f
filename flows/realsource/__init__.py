"""RealSource (JAGGAER at VCU), with CAS and Duo."""
