using System.Globalization;
using Personalization.Features.Contracts;
using Personalization.Kernel.Replay;

namespace Personalization.Host.Cli;

/// <summary>What the command line of <see cref="FeaturesCommand"/> says.</summary>
internal sealed class FeaturesArguments
{
    private const int MaxColumns = 256;
    private readonly List<string> _features = [];
    private readonly List<string> _segments = [];
    private readonly List<string> _traits = [];
    private int _windowHours = 24;
    private int _maxRows = 2_000_000;
    private int _sample;
    private int _seed = -1;

    public Dictionary<string, string?> Settings { get; } = new(StringComparer.OrdinalIgnoreCase);

    public double Share { get; private set; } = 1;

    /// <summary>Where a training set goes; null when none is asked for.</summary>
    public string? Target { get; private set; }

    /// <summary>Only some profiles are compared; null for everything.</summary>
    public ParitySample? Sample => _sample == 0 ? null : new ParitySample(_sample, _seed);

    /// <summary>Null when something is not understood.</summary>
    /// <param name="args">Behind the words of the command.</param>
    /// <param name="faults">Takes what can be said of it besides how the command goes.</param>
    public static FeaturesArguments? Parse(string[] args, List<string> faults)
    {
        var parsed = new FeaturesArguments();
        for (var i = 0; i < args.Length; i++)
        {
            var (name, value) = args[i].Split('=', 2) is [var left, var right] ? (left, right) : (args[i], ++i < args.Length ? args[i] : null);
            if (name is "--sample" or "--seed")
            {
                parsed.TakeSample(name, value, faults);
            }
            else if (value is null || value.StartsWith("--", StringComparison.Ordinal) || !parsed.Take(name, value))
            {
                return null;
            }
        }

        if (parsed._seed >= 0 && parsed._sample == 0 && faults.Count == 0)
        {
            faults.Add(ParitySample.SeedAlone);
        }

        if (parsed._sample > 0 && parsed.Target is not null)
        {
            faults.Add("A training set is made of everybody: --sample is for features verify.");
        }

        parsed._seed = parsed._seed < 0 ? ParitySample.AnySeed() : parsed._seed;
        return faults.Count == 0 ? parsed : null;
    }

    public TrainingRequest ToRequest(string data) => new(data, Path.GetFullPath(Target!))
    {
        Share = Share,
        Window = TimeSpan.FromHours(_windowHours),
        MaxRows = _maxRows,
        Features = _features,
        Segments = _segments,
        Traits = _traits,
    };

    private void TakeSample(string name, string? value, List<string> faults)
    {
        var (min, max) = name == "--sample" ? (1, ParitySample.MaxProfiles) : (0, int.MaxValue);
        if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < min || number > max)
        {
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"{name} is a whole number from {min} to {max}."));
            return;
        }

        (_sample, _seed) = name == "--sample" ? (number, _seed) : (_sample, number);
    }

    private bool Take(string name, string value)
    {
        switch (name)
        {
            case "--data":
                Settings["Personalization:DataDirectory"] = value;
                return true;
            case "--to":
                Target = value;
                return value.Length > 0;
            case "--share" when double.TryParse(value, CultureInfo.InvariantCulture, out var share) && share is >= 0.01 and <= 1:
                Share = share;
                return true;
            case "--window-hours" when int.TryParse(value, CultureInfo.InvariantCulture, out _windowHours):
                return _windowHours is >= 1 and <= 2_160;
            case "--max-rows" when int.TryParse(value, CultureInfo.InvariantCulture, out _maxRows):
                return _maxRows is >= 1 and <= 100_000_000;
            case "--feature":
                return TakeColumn(_features, value);
            case "--segment":
                return TakeColumn(_segments, value);
            case "--trait":
                return TakeColumn(_traits, value);
            default:
                Settings[name.TrimStart('-')] = value;
                return name.StartsWith("--Personalization:", StringComparison.OrdinalIgnoreCase);
        }
    }

    /// <summary>A column becomes a file, so its name must be one.</summary>
    private static bool TakeColumn(List<string> columns, string name)
    {
        columns.Add(name);
        return columns.Count <= MaxColumns && columns.Count(other => string.Equals(other, name, StringComparison.OrdinalIgnoreCase)) == 1 &&
            name.Length is > 0 and <= 64 && name.All(static character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.');
    }
}
