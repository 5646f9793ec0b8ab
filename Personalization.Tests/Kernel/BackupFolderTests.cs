using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Personalization.Kernel.Sqlite.Backup;
using Personalization.Tests.Decisioning;
using Personalization.Tests.Support;

namespace Personalization.Tests.Kernel;

public class BackupFolderTests
{
    private TemporaryFolder _folder;

    [SetUp]
    public void CreateFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public void Backups_beyond_their_age_are_deleted_and_nothing_else_is()
    {
        var time = new FakeClock();
        var now = time.GetUtcNow();
        Plant("old", now.AddDays(-31), named: "old");
        Plant("young", now.AddDays(-29), named: "young");
        Plant("posing", now.AddDays(-31), named: "young");
        Directory.CreateDirectory(_folder.File("somebodys-own"));
        var folder = new BackupFolder(
            Microsoft.Extensions.Options.Options.Create(new BackupOptions { Directory = _folder.Path }), time, NullLogger<BackupFolder>.Instance);

        var deleted = folder.DeleteExpired();

        Assert.That(deleted, Is.EqualTo(1));
        Assert.That(
            Directory.EnumerateDirectories(_folder.Path).Select(Path.GetFileName), Is.EquivalentTo(new[] { "young", "posing", "somebodys-own" }));
        Assert.That(folder.List().Select(manifest => manifest.Name), Is.EqualTo(new[] { "young" }));
    }

    [Test]
    public void A_damaged_manifest_is_left_alone()
    {
        Directory.CreateDirectory(_folder.File("broken"));
        File.WriteAllText(Path.Combine(_folder.File("broken"), BackupManifest.FileName), "{");
        var folder = new BackupFolder(
            Microsoft.Extensions.Options.Options.Create(new BackupOptions { Directory = _folder.Path }), TimeProvider.System, NullLogger<BackupFolder>.Instance);

        Assert.That(folder.List(), Is.Empty);
        Assert.That(folder.DeleteExpired(), Is.Zero);
    }

    private void Plant(string name, DateTimeOffset createdAt, string named)
    {
        Directory.CreateDirectory(_folder.File(name));
        new BackupManifest(named, createdAt, 0, 0, []).Write(_folder.File(name));
    }
}
