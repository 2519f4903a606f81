using System.Diagnostics;

// The runtime of the browser interprets the library, and its loops over vector registers are several times slower there
// than the vector routines of System.Numerics.Tensors. So the library does here what it does in a client that does not
// optimise: see Cores.IsOptimised.
[assembly: Debuggable(DebuggableAttribute.DebuggingModes.Default | DebuggableAttribute.DebuggingModes.DisableOptimizations)]
