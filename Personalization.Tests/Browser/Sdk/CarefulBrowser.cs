using Microsoft.Playwright;
using Personalization.Tests.Browser.Support;
using Personalization.Tests.Support;

namespace Personalization.Tests.Browser.Sdk;

/// <summary>A Chromium of its own whose settings a shopper has changed.</summary>
internal sealed class CarefulBrowser : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;

    private CarefulBrowser(TemporaryFolder folder, IBrowserContext profile) => (_folder, Profile) = (folder, profile);

    public IBrowserContext Profile { get; }

    /// <param name="preferences">Chromium's preferences file, as JSON.</param>
    public static async Task<CarefulBrowser> StartAsync(string preferences)
    {
        var folder = new TemporaryFolder();
        Directory.CreateDirectory(Path.Combine(folder.Path, "Default"));
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "Default", "Preferences"), preferences);
        return new CarefulBrowser(folder, await SharedBrowser.StartWithProfileAsync(folder.Path));
    }

    public async ValueTask DisposeAsync()
    {
        await Profile.EndAsync();
        _folder.Dispose();
    }
}
