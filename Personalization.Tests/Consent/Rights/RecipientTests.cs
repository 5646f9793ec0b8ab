using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Personalization.Tests.Consent.Rights;

/// <summary>Those who got data from us are told of erasures.</summary>
internal sealed class RecipientTests : RightsTests
{
    protected override string[] Arguments() =>
    [
        .. base.Arguments(),
        "--Personalization:Rights:MaxAttempts=3",
        "--Personalization:Rights:Recipients:0:Name=mailer",
        $"--Personalization:Rights:Recipients:0:Url={Receiver.Url}/opendsr/v2",
        "--Personalization:Rights:Recipients:0:Token=mailer-token",
    ];

    [Test]
    public async Task A_recipient_hears_of_an_erasure_by_the_identities_that_it_knows_and_acknowledges()
    {
        var done = await EraseAsync();

        var call = Receiver.Calls.Single();
        var heard = JsonElement.Parse(Encoding.UTF8.GetString(call.Body));
        Assert.That(call.Path, Is.EqualTo("/opendsr/v2/requests"));
        Assert.That(call.Authorization, Is.EqualTo("Bearer mailer-token"));
        Assert.That(heard.GetProperty("subject_request_type").GetString(), Is.EqualTo("erasure"));
        Assert.That(heard.GetProperty("subject_request_id").GetString(), Does.Match("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"));
        Assert.That(heard.GetProperty("subject_identities")[0].GetProperty("identity_value").GetString(), Is.EqualTo(Canary));
        Assert.That(await IsSignedAsync(call.Body, call.Signature), Is.True);
        Assert.That(Status(done), Is.EqualTo("acknowledged"));
    }

    [Test]
    public async Task A_recipient_in_trouble_is_called_again_with_the_same_request()
    {
        Receiver.Answer = number => number == 0 ? 503 : 201;

        var done = await EraseAsync();

        Assert.That(Receiver.Calls.Select(call => Convert.ToHexString(call.Body)).Distinct().Count(), Is.EqualTo(1));
        Assert.That(done.GetProperty("recipients")[0].GetProperty("attempts").GetInt32(), Is.EqualTo(2));
        Assert.That(Status(done), Is.EqualTo("acknowledged"));
    }

    [TestCase(400, "refused", 1)]
    [TestCase(500, "unreachable", 3)]
    public async Task A_recipient_who_does_not_acknowledge_is_certified_as_such(int status, string expected, int calls)
    {
        Receiver.Answer = _ => status;

        var done = await EraseAsync();

        Assert.That(Receiver.Calls.Count, Is.EqualTo(calls));
        Assert.That(Status(done), Is.EqualTo(expected));
        var certificate = JsonElement.Parse(await Shop.Server.GetStringAsync($"/v1/privacy/requests/{done.GetProperty("id").GetString()}/certificate"));
        Assert.That(certificate.GetProperty("recipients")[0].GetProperty("status").GetString(), Is.EqualTo(expected));
    }

    [Test]
    public async Task A_recipient_is_told_after_a_restart_when_it_was_not_before()
    {
        Receiver.Answer = number => number == 0 ? 503 : 201;
        await RestartAsync("--Personalization:Rights:BackoffSeconds=2");
        var request = await CreateAsync(Body());
        await UntilAsync(() => Task.FromResult(!Receiver.Calls.IsEmpty), () => "nobody was called");

        await RestartAsync();

        var done = await UntilAsync(request.GetProperty("id").GetString()!, "completed");
        Assert.That(Status(done), Is.EqualTo("acknowledged"));
        Assert.That(done.GetProperty("receipts").GetArrayLength(), Is.Positive);
    }

    [Test]
    public async Task A_callback_that_nobody_ever_hears_is_given_up_and_counted_and_the_request_is_done_all_the_same()
    {
        await using var deaf = await Receiver.StartAsync();
        deaf.Answer = _ => 500;

        var done = await EraseAsync(deaf.Url);
        var id = done.GetProperty("id").GetString()!;
        await UntilAsync(
            async () => (await RequestAsync(id)).GetProperty("callbacks").EnumerateArray().All(callback => callback.GetProperty("outcome").GetString() == "failed"),
            () => "the callbacks are still tried");

        Assert.That(deaf.Calls.Count, Is.EqualTo(6), "two changes, three calls each");
        Assert.That(Status(done), Is.EqualTo("acknowledged"));
        await UntilAsync(() => Task.FromResult(Measure("consent.rights.callbacks.failed") == 2), () => "the callbacks are not counted");
        Assert.That(Measure("consent.rights.open"), Is.Zero);
    }

    [Test]
    public async Task What_is_open_is_measured()
    {
        await CreateAsync(new { type = "erasure", verification = "needed", identities = new[] { new { kind = "user_id", value = Canary } } });

        await UntilAsync(() => Task.FromResult(Measure("consent.rights.open") == 1), () => "it is not counted");

        Assert.That(Measure("consent.rights.oldest"), Is.Positive);
        Assert.That(Measure("consent.rights.overdue"), Is.Zero);
    }

    [Test]
    public async Task Private_networks_are_not_called_unless_they_are_allowed()
    {
        await RestartAsync("--Personalization:Rights:AllowPrivateNetworks=false");

        var done = await EraseAsync(Receiver.Url + "/heard");

        Assert.That(Status(done), Is.EqualTo("unreachable"));
        Assert.That(Receiver.Calls, Is.Empty);
    }

    private double Measure(string name)
    {
        var factory = Shop.Services.GetRequiredService<IMeterFactory>();
        var measured = double.NaN;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == name && ReferenceEquals(instrument.Meter.Scope, factory))
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<int>((_, value, _, _) => measured = value);
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => measured = value);
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => measured = value);
        listener.Start();
        listener.RecordObservableInstruments();
        return measured;
    }

    private static object Body(params string[] callbacks) => new { type = "erasure", identities = new[] { new { kind = "user_id", value = Canary } }, callbacks };

    private static string? Status(JsonElement request) => request.GetProperty("recipients")[0].GetProperty("status").GetString();

    private async Task<JsonElement> EraseAsync(params string[] callbacks)
    {
        var request = await CreateAsync(Body(callbacks));
        return await UntilAsync(request.GetProperty("id").GetString()!, "completed");
    }
}
