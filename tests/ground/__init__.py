"""Where the scenarios are played besides the embedded tracker: the counterparts, over HTTP."""
