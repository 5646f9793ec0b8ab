using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using Personalization.Bench.Servers;
using Personalization.Consent.Contracts;
using Personalization.Consent.Domain;
using Personalization.Consent.Domain.Tcf;
using Personalization.Consent.Domain.Vendors;

namespace Personalization.Bench.Benches;

/// <summary>
/// What consent costs a request: reading a TC string and deciding by it, all own purposes from the strings of one request, one question
/// to the gate; and what the worst string costs that somebody can send.
/// </summary>
internal static class ConsentBench
{
    private const int Vendor = 100;
    private const int Shoppers = 10_000;
    private const int Calls = 20_000;
    private const int HostileCalls = 20;
    private const long NowMs = TcStrings.UpdatedMs + 86_400_000;

    private static readonly VendorList List = new(
        150, 5, 0, [new Vendor { Id = Vendor, Consent = new(0b111_1111_1110), DeletedAtMs = long.MaxValue }]);

    public static async Task RunAsync(BenchContext context)
    {
        await using var host = await EmbeddedHost.StartAsync(ChildProcess.FreeEndPoint(), context.Cancellation);
        await FillAsync(context, host);
        var (usual, bomb, restrictions) = (TcStrings.Usual(), TcStrings.RangeBomb(2_900), TcStrings.RestrictionBomb(1_800));
        var tooLong = TcStrings.RangeBomb(4_000);
        var strings = host.Get<ConsentStrings>();
        var gate = host.Get<IConsent>();
        var samples = new Samples();
        for (var run = 0; run <= context.Options.Runs; run++)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            context.Report.Progress(run == 0 ? "warming up" : $"run {run} of {context.Options.Runs}");
            var into = run == 0 ? new Samples() : samples;
            var before = GC.GetAllocatedBytesForCurrentThread();
            into.Add("tc_decode_ns", Nanoseconds(Calls, () => TcString.Read(usual, out _) == TcStatus.Read));
            into.Add("tc_decode_and_decide_ns", Nanoseconds(Calls, () => Decide(usual)));
            into.Add("six_purposes_ns", Nanoseconds(Calls, () => strings.Read(usual, default, region: null, gpc: false, NowMs).Signal.Granted != 0));
            into.Add("bytes", (double)(GC.GetAllocatedBytesForCurrentThread() - before) / (3 * Calls));
            into.Add("gate_ns", GateNanoseconds(gate));
            into.Add("range_bomb_us", Worst(() => Decide(bomb)) / 1_000);
            into.Add("restriction_bomb_us", Worst(() => Decide(restrictions)) / 1_000);
            into.Add("overlong_us", Worst(() => Decide(tooLong)) / 1_000);
        }

        var conditions = $"one thread, a string of {usual.Length} characters with 900 vendors in a bit field, 50 ranges, 2 restrictions, both segments, {BenchContext.Machine}";
        const string Reference = "none: an absolute figure";
        context.Report.Add("tc_decode_ns", "ns", samples["tc_decode_ns"], Reference, conditions);
        context.Report.Add("tc_decode_and_decide_ns", "ns", samples["tc_decode_and_decide_ns"], Reference, conditions);
        context.Report.Add("six_purposes_ns", "ns", samples["six_purposes_ns"], Reference, conditions);
        context.Report.Add("bytes", "bytes/decision", samples["bytes"], Reference, conditions);
        context.Report.Add("gate_ns", "ns", samples["gate_ns"], Reference, $"one purpose, {Shoppers} profiles in turn, {BenchContext.Machine}");
        var hostile = $"the slowest of {HostileCalls} calls of each run: reading and one decision; {bomb.Length}, {restrictions.Length} and {tooLong.Length} characters, {BenchContext.Machine}";
        context.Report.Add("range_bomb_us", "us", samples["range_bomb_us"], "50 ms allowed", hostile);
        context.Report.Add("restriction_bomb_us", "us", samples["restriction_bomb_us"], "50 ms allowed", hostile);
        context.Report.Add("overlong_us", "us", samples["overlong_us"], "50 ms allowed", hostile);
    }

    /// <summary>Shoppers who said yes and no in turn, through the door.</summary>
    private static async Task FillAsync(BenchContext context, EmbeddedHost host)
    {
        const int each = 500;
        for (var first = 0; first < Shoppers; first += each)
        {
            var events = Enumerable.Range(first, each).Select(shopper =>
                "{\"type\":\"identify\",\"messageId\":\"c-" + shopper + "\",\"anonymousId\":\"a-" + shopper +
                "\",\"context\":{\"consent\":{\"categoryPreferences\":{\"profile\":" + (shopper % 2 == 0 ? "true" : "false") + "}}}}");
            await host.Control.PostEventsAsync(Encoding.UTF8.GetBytes($"{{\"batch\":[{string.Join(',', events)}]}}"), context.Cancellation);
        }

        await host.Control.WaitUntilAppliedAsync(context.Cancellation);
    }

    private static bool Decide(byte[] text) =>
        TcString.Read(text, out var tc) == TcStatus.Read && VendorDecisions.MayProcess(tc, List, TcRules.Default, Vendor, 5, NowMs).IsAllowed;

    private static double GateNanoseconds(IConsent gate)
    {
        const int rounds = 200;
        var allowed = 0;
        var start = Stopwatch.GetTimestamp();
        for (var round = 0; round < rounds; round++)
        {
            for (var profile = 0; profile < Shoppers; profile++)
            {
                allowed += gate.May(profile, Purposes.Profile).IsAllowed ? 1 : 0;
            }
        }

        var elapsed = Stopwatch.GetElapsedTime(start);
        return allowed == rounds * Shoppers / 2
            ? elapsed.TotalNanoseconds / (rounds * Shoppers)
            : throw new InvalidOperationException($"Half of the shoppers said yes, but {allowed} of {rounds * Shoppers} answers were yes");
    }

    private static double Nanoseconds(int calls, Func<bool> call)
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < calls; i++)
        {
            Keep(call());
        }

        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / calls;
    }

    private static double Worst(Func<bool> call) => Enumerable.Range(0, HostileCalls).Max(_ => Nanoseconds(1, call));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Keep(bool value) => _ = value;
}
