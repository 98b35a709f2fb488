"""The runtime: takes executions from the log, runs them in a kernel, brings back the outputs."""
