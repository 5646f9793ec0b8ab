using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Personalization.Decisioning;

/// <summary>Checks caps of products and what is not repeated, and reports all errors at once.</summary>
internal sealed class ProductRestraintOptionsValidator(IOptions<DecisioningOptions> decisioning) : IValidateOptions<ProductRestraintOptions>
{
    private const int MaxRules = 20;

    public ValidateOptionsResult Validate(string? name, ProductRestraintOptions options)
    {
        var errors = new List<string>();
        Check(options.Caps, nameof(options.Caps), errors, (cap, path) => CheckPlacement(cap.Placement, $"{path}:Placement", errors));
        Check(options.Elsewhere, nameof(options.Elsewhere), errors, (rule, path) =>
        {
            CheckPlacement(rule.Placement is "" ? null : rule.Placement, $"{path}:Placement", errors);
            for (var i = 0; i < rule.ShownAt.Count; i++)
            {
                CheckPlacement(rule.ShownAt[i], $"{path}:ShownAt:{i}", errors);
                if (rule.ShownAt[i] == rule.Placement)
                {
                    errors.Add($"{path}:ShownAt:{i}: It is the placement itself; a cap says how often one placement repeats a product.");
                }
            }
        });
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void Check<T>(IList<T> rules, string list, List<string> errors, Action<T, string> check)
        where T : notnull
    {
        if (rules.Count > MaxRules)
        {
            errors.Add($"{ProductRestraintOptions.Section}:{list}: at most {MaxRules}, since all are asked in every decision.");
        }

        for (var i = 0; i < rules.Count; i++)
        {
            var path = $"{ProductRestraintOptions.Section}:{list}:{i}";
            var results = new List<ValidationResult>();
            Validator.TryValidateObject(rules[i], new ValidationContext(rules[i]), results, validateAllProperties: true);
            errors.AddRange(results.Select(result => $"{path}: {result.ErrorMessage}"));
            check(rules[i], path);
        }
    }

    private void CheckPlacement(string? placement, string path, List<string> errors)
    {
        if (!string.IsNullOrEmpty(placement) && !decisioning.Value.Placements.ContainsKey(placement))
        {
            errors.Add($"{path}: There is no placement '{placement}'.");
        }
    }
}
