"""Writes src/test/resources/io/tornadogpt/finetune/golden/grpo.json: what TRL computes in twenty steps of
group relative policy optimization from given answers, with the models that golden.py wrote.

    python src/test/python/golden_grpo.py

Everything is F32 on the CPU, without dropout. Answers do not come from the model but from a list, so that
both sides learn from the same ones; TRL's shuffling of a step's answers is left out. GPT-2's prompts are
equally long: TRL pads prompts on the left and gives no positions, so that GPT-2, whose positions are
absolute, would see shorter prompts at the places of longer ones.
"""

import json
import random
import sys

import datasets
import torch
import transformers
import trl

from golden import OUT, STEPS, arguments, load, sentence, steps

GROUP, BATCH, ACCUMULATION, LONGEST = 4, 4, 2, 10
ANSWERS = BATCH * ACCUMULATION


def vowels(completions, **_):
    return [sum(letter in "aeiou" for letter in text) / 10 for text in completions]


def short(completions, **_):
    return [float(len(text) < 20) for text in completions]


class Grpo(trl.GRPOTrainer):
    def training_step(self, *args, **kwargs):
        loss = super().training_step(*args, **kwargs)
        self.__dict__.setdefault("parts", []).append(loss.item())
        return loss

    def log(self, logs, *args, **kwargs):
        kept = self.__dict__.setdefault("kept", [])
        kept.append({name: sum(v) / len(v) for name, v in self._metrics["train"].items() if v})
        super().log(logs, *args, **kwargs)

    def _generate_and_score_completions(self, inputs):
        output = super()._generate_and_score_completions(inputs)
        self.__dict__.setdefault("advantages", []).append(output["advantages"].tolist())
        return output

    def _calculate_rewards(self, *args):
        rewards = super()._calculate_rewards(*args)
        self.__dict__.setdefault("rewards", []).append(rewards.tolist())
        return rewards


def grpo(name, prompts, answers, iterations=1, **more):
    model, tokenizer = load(name)
    order = iter(answers)

    def rollout(asked, trainer):
        return {
            "prompt_ids": [prompts[int(number)] for number in asked],
            "completion_ids": [list(ids) for ids in next(order)],
            "logprobs": None,
        }

    args = arguments(
        trl.GRPOConfig,
        ACCUMULATION,
        BATCH,
        num_generations=GROUP,
        num_iterations=iterations,
        max_completion_length=LONGEST,
        shuffle_dataset=False,
        **more,
    )
    data = datasets.Dataset.from_list([{"prompt": str(number)} for number in range(len(prompts))])
    trainer = Grpo(
        model=model,
        args=args,
        train_dataset=data,
        processing_class=tokenizer,
        reward_funcs=[vowels, short],
        rollout_func=rollout,
    )
    trainer.train()
    rollouts = STEPS // iterations + (STEPS % iterations > 0)
    names = ["reward", "reward_std", "frac_reward_zero_std", "completions/mean_length", "completions/clipped_ratio"]
    names += ["completions/mean_terminated_length", "rewards/vowels/mean", "rewards/vowels/std", "rewards/short/mean"]
    clips = [f"clip_ratio/{kind}" for kind in ("low_mean", "low_min", "high_mean", "high_max", "region_mean")]
    clips += ["kl"] if more.get("beta") else []
    return {
        "losses": steps(trainer.parts, ACCUMULATION),
        "advantages": trainer.advantages[:rollouts],
        "rewards": trainer.rewards[:rollouts],
        # TRL counts answers in the step that generates them only.
        "metrics": {n: [kept[n] for kept in trainer.kept[:STEPS:iterations]] for n in names},
        "steps": {n: [kept[n] for kept in trainer.kept[:STEPS]] for n in clips},
    }


def main():
    trl.trainer.grpo_trainer.shuffle_sequence_dict = lambda batch: batch
    rng = random.Random(11)
    texts = [sentence(rng, 2, 7) for _ in range(6)]
    results = {"versions": {m.__name__: m.__version__ for m in (torch, transformers, trl)}}
    for family in ("gpt2", "llama"):
        tokenizer = load(family)[1]
        prompts = [tokenizer(text)["input_ids"] for text in texts]
        if family == "gpt2":
            prompts = [ids[: min(map(len, prompts))] for ids in prompts]
        results[f"{family} prompts"] = prompts
        answers = []
        for _ in range(STEPS):
            step = []
            for _ in range(ANSWERS):
                ids = tokenizer(" " + sentence(rng, 1, 6), add_special_tokens=False)["input_ids"]
                step.append((ids + [tokenizer.eos_token_id])[:LONGEST])
            answers.append(step)
        results[f"{family} answers"] = answers
        for name, more in {
            "dapo": {},
            "grpo kl": dict(loss_type="grpo", beta=0.2),
            "bnpo old": dict(loss_type="bnpo", iterations=3, scale_rewards="batch"),
            "dr_grpo old": dict(loss_type="dr_grpo", iterations=2, scale_rewards="none", epsilon=0.1, epsilon_high=0.3),
            "dapo old kl": dict(iterations=4, beta=0.1),
        }.items():
            results[f"{family} {name}"] = grpo(family, prompts, answers, **more)
    with open(OUT / "grpo.json", "w") as out:
        json.dump(results, out, indent=None, separators=(",", ":"))


if __name__ == "__main__":
    sys.exit(main())
