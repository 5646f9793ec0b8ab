using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Personalization.Decisioning.Contracts;

namespace Personalization.Decisioning;

/// <summary>Checks the options and every placement in them, and reports all errors at once.</summary>
internal sealed class DecisioningOptionsValidator : IValidateOptions<DecisioningOptions>
{
    private const int MaxNameLength = 64;

    public ValidateOptionsResult Validate(string? name, DecisioningOptions options)
    {
        var errors = new List<string>();
        Check(options, DecisioningOptions.Section, errors);
        foreach (var (placement, settings) in options.Placements)
        {
            var path = $"{DecisioningOptions.Section}:Placements:{placement}";
            if (placement.Length is 0 or > MaxNameLength || !placement.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
            {
                errors.Add($"{path}: a name is 1 to {MaxNameLength} of a-z, A-Z, 0-9, '-', '_' and '.', since it stands in a URL.");
            }

            if (!Enum.IsDefined(settings.Kind))
            {
                errors.Add($"{path}: Kind {settings.Kind} is none of {string.Join(", ", Enum.GetNames<PlacementKind>())}.");
            }

            Check(settings, path, errors);
        }

        if (options.TrendingHalfLifeHours >= options.PopularHalfLifeDays * 24)
        {
            errors.Add($"{DecisioningOptions.Section}: TrendingHalfLifeHours must be shorter than PopularHalfLifeDays, or nothing ever trends.");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void Check(object checkedObject, string path, List<string> errors)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(checkedObject, new ValidationContext(checkedObject), results, validateAllProperties: true);
        errors.AddRange(results.Select(result => $"{path}: {result.ErrorMessage}"));
    }
}
