using NUnit.Framework;

namespace Personalization.Tests.Support;

/// <summary>Tests that each get a whole application of their own on an empty folder.</summary>
internal abstract class ShopTests
{
    private TemporaryFolder _folder = null!;

    protected ShopServer Shop { get; private set; } = null!;

    /// <summary>Its data.</summary>
    protected string Folder => _folder.Path;

    [SetUp]
    public async Task StartShop()
    {
        _folder = new TemporaryFolder();
        Shop = await ShopServer.StartAsync(_folder.Path);
    }

    [TearDown]
    public async Task StopShop()
    {
        await Shop.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Stops in order, for a look at what is left on disk.</summary>
    protected async Task StopAsync() => await Shop.DisposeAsync();

    /// <summary>Stops in order and starts again on what is on disk; <paramref name="forget"/> names files that are lost in between.</summary>
    protected async Task RestartAsync(Func<string, bool>? forget = null, params string[] arguments)
    {
        await Shop.DisposeAsync();
        foreach (var file in Directory.GetFiles(_folder.Path).Where(file => forget?.Invoke(Path.GetFileName(file)) == true))
        {
            File.Delete(file);
        }

        Shop = await ShopServer.StartAsync(_folder.Path, arguments);
    }
}
