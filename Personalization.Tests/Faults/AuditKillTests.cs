using System.Net;
using NUnit.Framework;
using Personalization.Kernel.Audit;
using Personalization.Tests.Support;

namespace Personalization.Tests.Faults;

/// <summary>Kills the process while it is being administered: whatever was answered is in the audit log, and the chain is whole.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Parallelizable]
internal sealed class AuditKillTests : IDisposable
{
    private const int Kills = 3;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Test]
    public async Task Every_answered_action_is_in_an_intact_log_after_kills()
    {
        var answered = 0;
        for (var kill = 0; kill < Kills; kill++)
        {
            using var host = await HostProcess.StartAsync(_folder.Path);
            using var enough = new SemaphoreSlim(0);
            var acting = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => ActAsync(host, enough)));
            for (var i = 0; i < 20; i++)
            {
                Assert.That(await enough.WaitAsync(TimeSpan.FromSeconds(30)), Is.True, "the host stopped answering");
            }

            await host.KillAsync();
            answered += (await acting).Sum();
        }

        var (code, output, errors) = await HostCommand.RunAsync("audit", "verify", "--data", _folder.Path);
        var (file, anchor) = AuditRegistration.FilesIn(_folder.Path);
        var verdict = AuditVerifier.Verify(file, anchor);

        Assert.Multiple(() =>
        {
            Assert.That(code, Is.Zero, output + errors);
            Assert.That(output, Does.Contain($"{verdict.Entries} entries"));
            Assert.That(answered, Is.GreaterThanOrEqualTo(20 * Kills));
            Assert.That(verdict.Entries, Is.InRange(answered, answered + (3 * Kills)), "at most one action of each client was never answered");
        });
    }

    /// <returns>Actions that were answered before the end.</returns>
    private static async Task<int> ActAsync(HostProcess host, SemaphoreSlim done)
    {
        var answered = 0;
        try
        {
            while (true)
            {
                using var answer = await host.Server.DeleteAsync("/v1/profiles/4711");
                Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
                answered++;
                done.Release();
            }
        }
        catch (HttpRequestException)
        {
            // Killed.
            return answered;
        }
    }
}
