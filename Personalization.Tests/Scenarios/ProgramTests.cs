using Microsoft.Data.Sqlite;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Scenarios;

/// <summary>What the program answers to whoever starts it.</summary>
[Parallelizable]
internal sealed class ProgramTests
{
    private TemporaryFolder _folder;

    [SetUp]
    public void CreateFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task Settings_that_are_wrong_are_told_in_a_line_each_and_nothing_else()
    {
        var (code, _, errors) = await HostCommand.RunAsync([.. ShopServer.Arguments(_folder.Path), "--Personalization:Log:CheckpointEvents=0", "--Personalization:Tracking:Sources:0:WriteKey="]);

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.EqualTo(1));
            Assert.That(errors, Does.Contain("WriteKey"));
            Assert.That(errors, Does.Not.Contain("   at "));
        });
    }

    [Test]
    public async Task An_address_that_another_has_is_told()
    {
        await using var shop = await ShopServer.StartAsync(_folder.Path);
        using var other = new TemporaryFolder();
        var (code, _, errors) = await HostCommand.RunAsync([.. ShopServer.Arguments(other.Path), $"--urls={shop.Server.BaseAddress}"]);

        Assert.That((code, errors.TrimEnd().Split('\n').Length), Is.EqualTo((1, 1)), errors);
        Assert.That(errors, Does.Contain("address already in use"));
    }

    [Test]
    public async Task A_log_that_cannot_be_read_ends_the_process_with_a_code_that_says_so()
    {
        await using (var shop = await ShopServer.StartAsync(_folder.Path))
        {
            await shop.TrackAsync("/v1/track", ShopEvents.View("ann", "tent"));
        }

        await using (var log = new SqliteConnection($"Data Source={Path.Combine(_folder.Path, "log.db")};Pooling=False"))
        {
            await log.OpenAsync();
            await using var damage = log.CreateCommand();
            damage.CommandText = "INSERT INTO log_block SELECT max(first_offset + event_count), 5, 0, 10, x'00010203' FROM log_block";
            await damage.ExecuteNonQueryAsync();
        }

        var (code, output, errors) = await HostCommand.RunAsync(ShopServer.Arguments(_folder.Path));
        Assert.That(code, Is.EqualTo(1), output + errors);
        Assert.That(output, Does.Contain("The pipeline failed at offset"));
    }

    [TestCase("--help", ExpectedResult = 0)]
    [TestCase("restore", ExpectedResult = 2)]
    [TestCase("audit", ExpectedResult = 2)]
    [TestCase("features", ExpectedResult = 2)]
    public async Task<int> A_command_says_how_it_is_used(string command)
    {
        var (code, output, errors) = await HostCommand.RunAsync(command);
        Assert.That(output + errors, Does.Contain("Usage: "));
        return code;
    }
}
