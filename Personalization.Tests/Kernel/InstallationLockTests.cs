using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Personalization.Kernel.Sqlite;
using Personalization.Tests.Support;

namespace Personalization.Tests.Kernel;

[Parallelizable]
internal sealed class InstallationLockTests
{
    private TemporaryFolder _folder;

    [SetUp]
    public void CreateFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task A_second_host_on_the_same_files_is_refused_and_the_first_goes_on()
    {
        await using var shop = await ShopServer.StartAsync(_folder.Path);

        Assert.That(() => Take(TimeSpan.Zero), Throws.InstanceOf<IOException>().With.Message.Contains(_folder.Path));
        await shop.TrackAsync("/v1/track", ShopEvents.View("ann", "tent"));
    }

    [Test]
    public async Task One_that_starts_while_the_other_stops_waits_for_it()
    {
        var first = await ShopServer.StartAsync(_folder.Path);
        await first.TrackAsync("/v1/track", ShopEvents.View("ann", "tent"));
        var second = Task.Run(() => ShopServer.StartAsync(_folder.Path));
        await first.DisposeAsync();

        await using var shop = await second;
        Assert.That((await shop.RecommendAsync("recently-viewed?anonymousId=ann")).Ids(), Is.EqualTo(new[] { "tent" }));
    }

    [Test]
    public void What_one_has_left_another_may_take()
    {
        Take(TimeSpan.Zero).Dispose();
        using var again = Take(TimeSpan.Zero);
        Assert.That(InstallationLock.TryTake(_folder.Path), Is.Null);
    }

    private InstallationLock Take(TimeSpan patience) => InstallationLock.Take(_folder.Path, NullLogger.Instance, patience);
}
