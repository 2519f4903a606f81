// The engine has no main loop: the worker calls what Door exports.
Nb.Engine.Page.Start();
