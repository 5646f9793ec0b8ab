namespace Personalization.Bench.Cli;

/// <summary>What the command line asked for.</summary>
internal sealed record BenchOptions
{
    public required string Command { get; init; }

    /// <summary>One JSON object a line on standard output instead of the table.</summary>
    public bool Json { get; init; }

    /// <summary>Where the real data sets are; relative to the current directory.</summary>
    public string DataDirectory { get; init; } = "../shared/data";

    /// <summary>Repetitions of each measurement; the value reported is their median.</summary>
    public int Runs { get; init; } = 5;

    /// <summary>Seconds of one measurement; null for each measurement's own default.</summary>
    public double? Seconds { get; init; }

    /// <summary>Connections of the closed loops.</summary>
    public int Connections { get; init; } = 32;

    /// <summary>Whether <c>ingest</c> measures what validating events costs, instead of the door alone.</summary>
    public bool Schemas { get; init; }

    /// <summary>Whether <c>decide</c> measures decisions with everything on, instead of the models alone.</summary>
    public bool Full { get; init; }

    /// <summary>Whether <c>serve-embedded</c> has a model that hangs, besides everything.</summary>
    public bool Stuck { get; init; }

    /// <summary>Largest number of profiles that <c>memory</c> fills.</summary>
    public int Profiles { get; init; } = 1_000_000;

    /// <summary>Events in the log that <c>recovery</c> replays, and lines that <c>import</c> sends.</summary>
    public int Events { get; init; } = 1_000_000;

    public string? TrainFile { get; init; }

    public string? TestFile { get; init; }

    /// <summary>Shortest prefix of a test session that counts as a case.</summary>
    public int MinPrefix { get; init; } = 1;

    /// <summary>Another build of the host than the one beside the bench.</summary>
    public string? HostFile { get; init; }

    /// <summary>Address for <c>serve-bare</c> and <c>serve-embedded</c>.</summary>
    public string Urls { get; init; } = "http://127.0.0.1:5088";

    /// <summary>Length of the answer of <c>serve-bare</c> to a GET.</summary>
    public int Bytes { get; init; } = 2_048;

    /// <summary>Whose events <c>flood</c> sends, how many requests a second, and how many events each holds; more than one are views only.</summary>
    public string WriteKey { get; init; } = "";

    public double Rate { get; init; } = 1_000;

    public int Batch { get; init; } = 1;

    public TimeSpan Measure(double defaultSeconds) => TimeSpan.FromSeconds(Seconds ?? defaultSeconds);
}
