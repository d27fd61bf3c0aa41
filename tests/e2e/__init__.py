"""Run the program in network namespaces against real scanners and a real firewall; every test is marked `kernel`."""
