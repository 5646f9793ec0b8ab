using System.Globalization;
using Personalization.Features.Contracts;

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

    public Dictionary<string, string?> Settings { get; } = new(StringComparer.OrdinalIgnoreCase);

    public double Share { get; private set; } = 1;

    /// <summary>Where a training set goes; null when none is asked for.</summary>
    public string? Target { get; private set; }

    /// <summary>Null when something is not understood.</summary>
    public static FeaturesArguments? Parse(string[] args)
    {
        var parsed = new FeaturesArguments();
        for (var i = 0; i < args.Length; i++)
        {
            var (name, value) = args[i].Split('=', 2) is [var left, var right] ? (left, right) : (args[i], ++i < args.Length ? args[i] : null);
            if (value is null || value.StartsWith("--", StringComparison.Ordinal) || !parsed.Take(name, value))
            {
                return null;
            }
        }

        return parsed;
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
