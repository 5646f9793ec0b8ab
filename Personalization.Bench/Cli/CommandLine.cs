using System.Globalization;

namespace Personalization.Bench.Cli;

/// <summary>Reads the arguments. Anything unknown is an error: a mistyped option must not measure something else.</summary>
internal static class CommandLine
{
    public const string Usage = """
        Personalization.Bench COMMAND [options]

          ingest      durable events over HTTP against a bare endpoint and a raw SQLite writer
          log         ways to write the event log: a row an event, a block a commit, compressed or not
          freshness   from the acknowledgement of an event to the first answer that knows it
          decide      recommendations over HTTP and in process, while events come in
          consent     reading a TC string and deciding by it, asking the gate, and what hostile strings cost
          quality     next-item HR@20 and MRR@20 on real sessions, fed through the real endpoint
          recovery    kill -9 under load: time to ready, replay speed, nothing lost, nothing doubled
          import      a large import of past events, and what recommendations and live events notice of it
          memory      bytes a profile
          pressure    twice the load that can be done: critical events, decisions, and what is shed; one shopper of 100,000 events a minute
          path        what each station on the way of an event costs
          identity    finding an event's person, and bytes a person in the graph
          segments    what live segments cost events, how soon a membership is seen, and previews
          features    keeping and reading declared features, and bytes a profile
          uplift      an experiment of personalised against popular and against random, with shoppers who react to what they are shown
          all         all of these, one after the other
          serve-bare  the reference server: parses and discards, answers a GET with constant bytes

          --json             one JSON object a line on standard output, nothing else there
          --data DIR         the real data sets (default ../shared/data)
          --runs N           repetitions; the value is their median (default 5)
          --seconds S        length of one measurement (default: a few seconds; acknowledgements at a fixed rate: 60)
          --connections N    connections of a closed loop (default 32)
          --host FILE        another Personalization.Host.dll than the one beside the bench
          --schemas          ingest: what validating every event against its schema costs
          --full             decide: everything on that a decision can do, from 100,000 items, and with a model that hangs
          --profiles N       memory, identity, features, segments: profiles to fill (default 1000000; features a tenth)
          --events N         recovery, import: events in the log to replay, lines to import (default 1000000)
          --train FILE --test FILE [--min-prefix N]
                             quality: another set (SessionId, ItemId, Time separated by tabs, with a header; gz or plain)
          --urls URL --bytes N
                             serve-bare: address, and length of the answer to a GET
        """;

    private static readonly string[] Commands =
    [
        "ingest", "log", "freshness", "decide", "consent", "quality", "recovery", "import", "memory", "pressure", "path", "identity", "features", "segments", "uplift", "all", "serve-bare", "serve-embedded", "flood",
    ];

    /// <returns>The options, or null with the reason in <paramref name="error"/>.</returns>
    public static BenchOptions? Parse(string[] args, out string error)
    {
        error = "";
        if (args.Length == 0 || !Commands.Contains(args[0], StringComparer.Ordinal))
        {
            error = args.Length == 0 ? "No command." : $"Unknown command {args[0]}.";
            return null;
        }

        var options = new BenchOptions { Command = args[0] };
        for (var i = 1; i < args.Length; i++)
        {
            var next = Apply(options, args[i], i + 1 < args.Length ? args[i + 1] : null, out var takesValue);
            if (next is null)
            {
                error = $"Unknown option or bad value: {args[i]}.";
                return null;
            }

            options = next;
            i += takesValue ? 1 : 0;
        }

        if (options.TrainFile is null != options.TestFile is null)
        {
            error = "--train and --test belong together.";
            return null;
        }

        return options;
    }

    private static BenchOptions? Apply(BenchOptions options, string name, string? value, out bool takesValue)
    {
        takesValue = name is not ("--json" or "--schemas" or "--full" or "--stuck");
        return name switch
        {
            "--json" => options with { Json = true },
            "--schemas" when options.Command == "ingest" => options with { Schemas = true },
            "--schemas" => null,
            "--full" when options.Command is "decide" or "serve-embedded" => options with { Full = true },
            "--stuck" when options.Command == "serve-embedded" => options with { Stuck = true },
            "--full" or "--stuck" => null,
            _ when value is null => null,
            "--data" => options with { DataDirectory = value },
            "--train" => options with { TrainFile = value },
            "--test" => options with { TestFile = value },
            "--host" => options with { HostFile = value },
            "--urls" => options with { Urls = value },
            "--key" when options.Command == "flood" => options with { WriteKey = value },
            "--batch" when options.Command == "flood" && Positive(value) is { } n => options with { Batch = n },
            "--rate" when options.Command == "flood" && double.TryParse(value, CultureInfo.InvariantCulture, out var r) && r > 0 =>
                options with { Rate = r },
            "--runs" when Positive(value) is { } n => options with { Runs = n },
            "--connections" when Positive(value) is { } n => options with { Connections = n },
            "--profiles" when Positive(value) is { } n => options with { Profiles = n },
            "--events" when Positive(value) is { } n => options with { Events = n },
            "--bytes" when Positive(value) is { } n => options with { Bytes = n },
            "--min-prefix" when Positive(value) is { } n => options with { MinPrefix = n },
            "--seconds" when double.TryParse(value, CultureInfo.InvariantCulture, out var s) && s is > 0 and <= 86_400 =>
                options with { Seconds = s },
            _ => null,
        };
    }

    private static int? Positive(string value) => int.TryParse(value, CultureInfo.InvariantCulture, out var n) && n > 0 ? n : null;
}
