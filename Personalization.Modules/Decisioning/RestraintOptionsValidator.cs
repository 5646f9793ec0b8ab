using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Personalization.Decisioning;

/// <summary>Checks the caps in the options, and reports all errors at once.</summary>
internal sealed class RestraintOptionsValidator : IValidateOptions<RestraintOptions>
{
    private const int MaxCaps = 20;

    public ValidateOptionsResult Validate(string? name, RestraintOptions options)
    {
        var errors = new List<string>();
        if (options.Caps.Count > MaxCaps)
        {
            errors.Add($"{RestraintOptions.Section}:Caps: at most {MaxCaps}, since all are asked of every offer.");
        }

        for (var i = 0; i < options.Caps.Count; i++)
        {
            var results = new List<ValidationResult>();
            Validator.TryValidateObject(options.Caps[i], new ValidationContext(options.Caps[i]), results, validateAllProperties: true);
            errors.AddRange(results.Select(result => $"{RestraintOptions.Section}:Caps:{i}: {result.ErrorMessage}"));
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
