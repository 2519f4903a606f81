namespace Nb;

/// <summary>What nb is doing now, in words, for the message about an error that nobody foresaw.</summary>
public static class Doing
{
    private static volatile string s_now = "starting";

    /// <summary>For instance "making the page of notebooks/01-the-digits.ipynb".</summary>
    public static string Now { get => s_now; set => s_now = value; }

    /// <summary>One line about an error that nobody foresaw; all that is known of it when the user asks for that.</summary>
    public static string Message(Exception error, bool verbose) =>
        $"nb failed while {Now}: {error.GetType().Name}: {UserError.Short(error.Message)} "
        + "This is a fault of nb: please report this line, and the file if you may, as an issue of the course's repository."
        + (verbose ? $"\n{error}" : " --verbose shows where it happened.");
}
