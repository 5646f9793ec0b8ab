namespace Personalization.Host;

/// <summary>
/// Where appsettings.json is read from: the working directory when it has one, so that an installation configures itself
/// beside its data; else the folder of the binary, which ships the defaults.
/// </summary>
internal static class ContentRoot
{
    public static string Find()
    {
        var current = Directory.GetCurrentDirectory();
        return File.Exists(Path.Combine(current, "appsettings.json")) ? current : AppContext.BaseDirectory;
    }
}
