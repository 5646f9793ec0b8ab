using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Faults;

/// <summary>
/// Kills the process under load, again and again: what it knows in the end, put together from checkpoints and replays of what lay behind
/// them, is bit for bit what one replay of the whole log comes to.
/// </summary>
[Parallelizable]
internal sealed class ParityKillTests
{
    private const int Kills = 5;
    private const int Senders = 3;
    private readonly Random _chance = new(20_29);
    private int _number;

    [Test]
    public async Task What_is_known_after_any_number_of_kills_is_what_the_log_says()
    {
        using var folder = new TemporaryFolder();
        for (var kill = 0; kill < Kills; kill++)
        {
            using var host = await HostProcess.StartAsync(folder.Path);
            var sending = Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => SendAsync(host.Client, new Random((kill * 10) + sender))));
            await Task.Delay(_chance.Next(700, 2_000));
            await host.KillAsync();
            await sending;
        }

        // A last start takes up what is left, and a checkpoint a second goes on being taken while it is compared.
        using var last = await HostProcess.StartAsync(folder.Path);
        await Task.Delay(1_500);
        var (code, output, errors) = await VerifyAsync(folder.Path);

        Assert.That(code, Is.Zero, output + errors);
        Assert.That(output, Does.Contain("What is known is what the log says"));
        Assert.That(_number, Is.GreaterThan(100), "the test sent nothing");
        await last.KillAsync();

        // What a kill left, with nobody there to take it up, is a whole cut as well.
        (code, output, errors) = await VerifyAsync(folder.Path);
        Assert.That(code, Is.Zero, output + errors);
    }

    private async Task SendAsync(HttpClient client, Random chance)
    {
        try
        {
            while (true)
            {
                var events = Enumerable.Range(0, 5).Select(_ => Any(chance));
                using var answer = await client.PostAsync("/v1/batch", ShopServer.Json(ShopEvents.Batch(events)));
                answer.EnsureSuccessStatusCode();
            }
        }
        catch (HttpRequestException)
        {
            // Killed.
        }
    }

    private object Any(Random chance)
    {
        var id = $"m{Interlocked.Increment(ref _number)}";
        var device = $"device-{chance.Next(40)}";
        return chance.Next(8) switch
        {
            0 => new { type = "identify", userId = $"user-{chance.Next(15)}", anonymousId = device, messageId = id },
            1 => ShopEvents.Order(device, id, $"item-{chance.Next(50)}", $"item-{chance.Next(50)}"),
            _ => ShopEvents.View(device, $"item-{chance.Next(50)}", chance.Next(20) == 0 ? $"m{_number - 3}" : id, $"c{chance.Next(6)}"),
        };
    }

    private static Task<(int Code, string Output, string Errors)> VerifyAsync(string folder) => HostCommand.RunAsync(
        ["features", "verify", .. ShopServer.Arguments(folder).Where(argument => argument.StartsWith("--Personalization:", StringComparison.Ordinal))]);
}
