namespace Nb;

/// <summary>An error whose message is meant for the user: what was expected, what was found, what to do.
/// It is printed as it is, without a stack trace.</summary>
public sealed class UserError(string message) : Exception(message);
