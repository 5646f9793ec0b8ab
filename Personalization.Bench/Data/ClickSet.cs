using Personalization.Bench.Cli;

namespace Personalization.Bench.Data;

/// <summary>Sessions to learn from and sessions to be asked about.</summary>
internal sealed record ClickSet(string Name, IReadOnlyList<ClickSession> Train, IReadOnlyList<ClickSession> Test)
{
    /// <summary>One of the sets in the data directory; null, and it is said, when it is not there.</summary>
    public static ClickSet? Find(BenchOptions options, string name, Action<string> progress)
    {
        var train = Path.Combine(options.DataDirectory, $"{name}_train.tsv.gz");
        var test = Path.Combine(options.DataDirectory, $"{name}_test.tsv.gz");
        var missing = new[] { train, test }.FirstOrDefault(path => !File.Exists(path));
        if (missing is null)
        {
            return Read(name, train, test);
        }

        progress($"no figures for {name}: {Path.GetFullPath(missing)} is missing; name the folder of the data sets with --data");
        return null;
    }

    public static ClickSet Read(string name, string train, string test) => new(name, ClickFile.Read(train), ClickFile.Read(test));
}
