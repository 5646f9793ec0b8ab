namespace Personalization.Tests.Support;

/// <summary>The repository that the tests were built from.</summary>
internal static class Checkout
{
    /// <summary>Folder of the solution.</summary>
    public static string Root => field ??= FindRoot();

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Personalization.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run inside the repository: no Personalization.sln above them");
    }
}
